"""What a task document says about its task, whichever of the two forms it has."""

from typing import Any

from server.sandbox.plugins import TEMPLATES

Document = dict[str, Any]

TYPES = ("scheduled", "periodic", "onetime", "reactive")


def settings_of(document: Document) -> Document:
    """Return a document's settings, with the defaults of its template where it gives no type itself."""
    settings: Document = document.get("task", document)
    if "template" not in document or "type" in document:
        return settings
    defaults: Document = TEMPLATES[document["template"]]["taskDefaults"]
    # Both say how often, in different units: what is posted stands for the default.
    replaced = "frequency" if "pollingInterval" in settings else None
    return {name: value for name, value in defaults.items() if name != replaced} | settings


def resource_type_of(settings: Document) -> str | None:
    """Return the type of a task's resource: `pump` of `pump-1`. The sandbox has no resources to look it up in."""
    kind, hyphen, _ = settings.get("resource", "").partition("-")
    return kind if hyphen and kind else None
