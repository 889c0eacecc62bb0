"""The contract as others use it: its form, what it promised, and clients made from it in other languages."""
