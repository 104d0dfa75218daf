answer = 7
