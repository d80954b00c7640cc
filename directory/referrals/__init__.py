"""Referrals: clients, consents, packets, their way to a clinic and back, and what came of it."""
