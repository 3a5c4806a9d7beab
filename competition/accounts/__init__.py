"""People: sign-up, sign-in, sessions, invitations."""
