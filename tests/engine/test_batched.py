"""Operations with a form of ours give each slot what it gets alone, and what has none is an error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tensorflow.compiler.tf2xla.ops import gen_xla_ops

from ablate.engine import batched
from ablate.engine.runtime import tf

X = np.array([[1.0, 2.0, 5.0], [3.0, -4.0, 7.0]], np.float32)
SCALES = np.array([2.0, 10.0], np.float32)
SEEDS = [[3, 5], [4, 5], [3, 9]]


def scaled(slots: Any) -> list[Any]:
    """The form: row by row; it says how many slots it has been called for."""
    count = tf.fill(tf.shape(slots["by"]), tf.cast(tf.shape(slots["x"])[0], tf.float32))
    return [slots["x"] * slots["by"][:, None], count]


def one(slot: Any) -> Any:
    """What one slot does: it calls the form between operations of its own."""
    x, by = slot
    moved, count = batched.call(scaled, {"x": x + 1.0, "by": by}, [x, ((), tf.float32)])
    return moved - 1.0, count


def test_a_form_is_called_once_for_all_slots() -> None:
    run = tf.function(lambda *slots: batched.for_each_slot(one, slots), jit_compile=True, autograph=False)
    moved, count = run(tf.constant(X), tf.constant(SCALES))
    np.testing.assert_allclose(moved, (X + 1) * SCALES[:, None] - 1)
    assert count.numpy().tolist() == [2.0, 2.0]


def test_two_calls_of_one_graph_keep_their_own_forms() -> None:
    def both(slot: Any) -> Any:
        (first,) = batched.call(lambda x: [x * 2.0], slot, [slot])
        (second,) = batched.call(lambda x: [x * 3.0], slot, [slot])
        return first, second

    twice, thrice = tf.function(lambda x: batched.for_each_slot(both, x), jit_compile=True)(tf.constant(X))
    np.testing.assert_allclose(twice, 2 * X)
    np.testing.assert_allclose(thrice, 3 * X)


def test_outside_the_map_a_form_is_called_for_one_slot() -> None:
    moved, count = one((tf.constant(X[1]), tf.constant(2.0)))
    np.testing.assert_allclose(moved, (X[1] + 1) * 2 - 1)
    assert float(count) == 1.0


def test_a_form_serves_an_unknown_number_of_rows() -> None:
    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, 3])])  # type: ignore[untyped-decorator]
    def rows(x: Any) -> Any:
        return batched.call(lambda slots: [slots * 2.0], x, [x])[0]

    np.testing.assert_allclose(rows(tf.constant(X)), 2 * X)


def test_a_call_of_another_package_and_an_unknown_operation_are_errors() -> None:
    def foreign(slot: Any) -> Any:
        given = {"backend_config": "0", "has_side_effect": False, "call_target_name": "theirs"}
        return gen_xla_ops.xla_custom_call_v2(
            operands=[slot], result_dtypes=[tf.float32], result_shapes=[slot.shape], **given
        )

    with pytest.raises(ValueError, match="custom call of another package"):
        tf.function(lambda x: batched.for_each_slot(foreign, x), autograph=False)(tf.constant(X))

    with pytest.raises(ValueError, match="Betainc"):
        batched.for_each_slot(lambda slot: tf.math.betainc(slot, slot, slot), tf.constant(X))


@pytest.mark.parametrize(
    ("draw", "dtype"), [(tf.random.stateless_uniform, "float64"), (tf.random.stateless_normal, "float32")]
)
def test_each_slot_draws_from_its_own_seed(draw: Any, dtype: str) -> None:
    seeds = tf.constant(SEEDS)
    drawn = tf.function(
        lambda seeds: batched.for_each_slot(lambda seed: draw([2, 3], seed, dtype=dtype), seeds), autograph=False
    )(seeds)
    assert drawn.shape == (3, 2, 3)
    np.testing.assert_allclose(drawn, [draw([2, 3], seed, dtype=dtype) for seed in SEEDS], rtol=1e-6, atol=1e-5)


def test_bits_are_read_as_another_type_in_each_slot() -> None:
    bits = tf.function(lambda x: batched.for_each_slot(lambda row: tf.bitcast(row, tf.int32), x), autograph=False)
    np.testing.assert_array_equal(bits(tf.constant(X)), X.view(np.int32))
