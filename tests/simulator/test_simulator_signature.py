"""Twilio's signature."""

from callagent.simulator.signature import sign


def test_the_example_of_twilios_documentation() -> None:
    """The worked example that Twilio's security page prints."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }

    signature = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields)

    assert signature == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_a_request_without_fields_signs_the_url_alone() -> None:
    """As an upgrade to a WebSocket does."""
    assert sign("12345", "wss://mycompany.com/media") == sign("12345", "wss://mycompany.com/media", {})
