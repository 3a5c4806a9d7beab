"""People: sign-up, sign-in, sessions, invitations. Knows nobody's calls or entries."""
