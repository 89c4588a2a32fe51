"""Objects that are sent: the fields that the schema knows, and any others, as given."""

from pydantic import BaseModel, ConfigDict


class InputModel(BaseModel):
    """An object to be sent.

    The schema may be wrong about its fields, so others are sent too, as they are given:
    `model_validate({"name": …})`. If they are wrong, the server refuses the whole request.
    """

    model_config = ConfigDict(
        extra="allow",
        populate_by_name=True,
        protected_namespaces=(),
        hide_input_in_errors=True,
    )

    def __repr__(self) -> str:
        """Name what is set, without the values: any may be a number or a name."""
        return f"{type(self).__name__}({', '.join(sorted(self.model_fields_set))})"

    __str__ = __repr__
