"""How the service is set up, checked, watched and kept up to date by whoever operates it."""
