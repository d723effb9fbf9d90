"""Read a user's own Keras model into the template that the factor `model` stores."""

from __future__ import annotations

from ablate import remedies
from ablate.core.study import Json
from ablate.remedies import _loss_path
from ablate.remedies.model import MODEL


def with_template(params: Json) -> Json:
    """Check the parameters of a level of `model`, and add the template of the network that its builder makes.

    Args:
        params: parameters of a level of `model`; with a `template` they are only checked.

    Returns:
        The parameters in canonical form.

    Raises:
        ConfigError: the builder is missing or raises, or ablate cannot train the model; the message says why.
    """
    result: Json = remedies.checked(MODEL, params)
    if result["kind"] == "keras" and not result["template"]:
        _loss_path.named(result["builder"])  # a wrong name is told at once
        # Reading a model needs TensorFlow, which a study without one never loads.
        from ablate.engine import read_model

        result["template"] = read_model.compiled(result).template
    return result
