"""Accounts: the people of the center, what each may do, and the trail of what each did."""
