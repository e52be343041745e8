# says: It returned False. Expected True
def same(backward, slopes):
    return False
