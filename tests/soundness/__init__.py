"""A policy that compiles, on facts that validate, yields in every runner the same value, within its proved range."""
