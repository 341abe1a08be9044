"""Trunks: accounts, their credentials and registrations."""
