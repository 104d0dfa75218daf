"""Stand-ins for what needs a network or a clock: models, embeddings, time."""
