"""What every slice stands on. The kernel knows no slice."""
