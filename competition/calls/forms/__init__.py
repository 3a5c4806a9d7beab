"""The organizer's forms: the sections of the editor, programmes, and the fields they are made of."""
