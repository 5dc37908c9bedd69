"""Secrets for tests to configure servers with. Each can be told apart, and is written differently in every encoding."""

API_KEY = "canary-key 7c1e/+~%&'A"
API_SECRET = "canary-secret 5d0b/+~%&'B"
