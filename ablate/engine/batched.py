"""Operations that `tf.vectorized_map` does not know, with a form of ours for all slots at once.

`vectorized_map` converts a slot's graph operation by operation. An operation with a form of ours stands in this graph
as a custom call, which is converted by calling the form on the stacked tensors. Keras' random numbers are converted
too: each slot draws the numbers that TensorFlow draws from its seed outside XLA.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tensorflow.compiler.tf2xla.ops import gen_xla_ops
from tensorflow.python.ops.parallel_for import pfor

from ablate.engine import philox
from ablate.engine.runtime import tf

TARGET = "ablate.batched"
_forms: weakref.WeakValueDictionary[str, _Form] = weakref.WeakValueDictionary()
_numbers = itertools.count()
_converter: Callable[[str], Callable[[Callable[[Any], Any]], Callable[[Any], Any]]] = pfor.RegisterPFor


@dataclass(frozen=True, kw_only=True, eq=False)
class _Form:
    """A function of tensors with a leading axis for slots, and the structure of its argument."""

    function: Callable[[Any], Sequence[Any]]
    structure: Any

    def __call__(self, stacked: Sequence[Any]) -> Sequence[Any]:
        return self.function(tf.nest.pack_sequence_as(self.structure, stacked))


def for_each_slot(function: Callable[[Any], Any], slots: Any) -> Any:
    """Apply a function of one slot to all slots at once, or fail: there is no slow loop.

    Args:
        function: of one slot's tensors.
        slots: the tensors, with a leading axis for slots.
    """
    return tf.vectorized_map(function, slots, fallback_to_while_loop=False)


def call(function: Callable[[Any], Sequence[Any]], argument: Any, results: Sequence[Any]) -> list[Any]:
    """Call a function of all slots in the graph of one slot: `vectorized_map` makes it one call for all slots.

    Outside `vectorized_map` the function is called for one slot.

    Args:
        function: (tensors with a leading axis for slots, in the argument's structure) -> such tensors.
        argument: one slot's tensors, in any structure.
        results: tensors like one slot's results, or pairs of a shape and a type.
    """
    operands = tf.nest.flatten(argument)
    types = [(each.shape, each.dtype) if tf.is_tensor(each) else each for each in results]
    known = all(tf.TensorShape(shape).is_fully_defined() for shape, _ in types)
    if tf.executing_eagerly() or not known:  # Keras infers shapes with an unknown number of rows
        function = tf.function(function, autograph=False) if tf.executing_eagerly() else function
        stacked = tf.nest.map_structure(lambda tensor: tensor[None], argument)
        return [result[0] for result in function(stacked)]
    form, name = _Form(function=function, structure=argument), str(next(_numbers))
    _forms[name] = form
    graph = tf.compat.v1.get_default_graph()
    graph.ablate_forms = [*getattr(graph, "ablate_forms", ()), form]  # a form lives as long as the graph that calls it
    called: Any = gen_xla_ops.xla_custom_call_v2(
        operands=operands,
        call_target_name=TARGET,
        backend_config=name,
        has_side_effect=False,
        result_dtypes=[dtype for _, dtype in types],
        result_shapes=[tf.TensorShape(shape) for shape, _ in types],
    )
    return list(called)


@_converter("XlaCustomCallV2")
def _convert_form(given: Any) -> Any:
    """Call the form on the stacked operands."""
    if given.get_attr("call_target_name").decode() != TARGET:
        raise ValueError("A custom call of another package has no form for many slots.")
    given.stack_inputs()
    operands = [given.stacked_input(index) for index in range(given.num_inputs)]
    results = _forms[given.get_attr("backend_config").decode()](operands)
    return [pfor.wrap(result, True) for result in results]


@_converter("StatelessRandomGetKeyCounter")
def _convert_key(given: Any) -> Any:
    """Derive each slot's key and counter from its seed."""
    drawn = tf.map_fn(
        lambda seed: tuple(tf.raw_ops.StatelessRandomGetKeyCounter(seed=seed)),
        given.stacked_input(0),
        fn_output_signature=(tf.uint64, tf.uint64),
    )
    return [pfor.wrap(part, True) for part in drawn]


def _convert_draw(given: Any, draw: Callable[..., Any]) -> Any:
    """Draw each slot's numbers from its key and counter."""
    shape = tf.get_static_value(given.unstacked_input(0))
    given.stack_inputs([1, 2])
    numbers = draw(given.stacked_input(1), given.stacked_input(2), [int(n) for n in shape], given.get_attr("dtype"))
    return pfor.wrap(numbers, True)


@_converter("StatelessRandomUniformV2")
def _convert_uniform(given: Any) -> Any:
    return _convert_draw(given, philox.uniform)


@_converter("StatelessRandomNormalV2")
def _convert_normal(given: Any) -> Any:
    return _convert_draw(given, philox.normal)


@_converter("Bitcast")
def _convert_bitcast(given: Any) -> Any:
    """Read the bits of all slots as another type, as Keras' `argmax` does."""
    return pfor.wrap(tf.bitcast(given.stacked_input(0), given.get_attr("type")), True)
