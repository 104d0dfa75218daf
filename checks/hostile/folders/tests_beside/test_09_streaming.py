class TestWriteStream:
    def test_x(self):
        pass
