"""Twilio: webhooks, Media Streams and the REST API."""
