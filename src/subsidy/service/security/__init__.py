"""Who may call what: certificates, roles, and the check before every method."""
