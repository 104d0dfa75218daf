"""Who grades: a crew of processes here, or workers on a cluster."""
