"""The streaming RAG chat page: `make chat`."""
