"""The studio on a phone in the same network: addresses, certificate, pairing, and the second server."""
