"""What an author of lessons needs: stubs, lesson texts, notebooks."""
