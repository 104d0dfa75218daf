"""What both sides speak, so that neither needs to import the other."""
