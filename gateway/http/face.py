"""What every face of a value in the API's description is."""

from pydantic import BaseModel, ConfigDict


class Face(BaseModel):
    """What an answer holds."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, defer_build=True)
