"""Every speed figure of the project: each measured beside its base, in one sitting, in alternating rounds."""
