"""The engines of others answer as the library does."""
