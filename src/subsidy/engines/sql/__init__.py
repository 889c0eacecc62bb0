"""A policy as a query: whole numbers over denominators that are known, in the SQL of an engine."""
