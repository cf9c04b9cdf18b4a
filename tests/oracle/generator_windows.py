"""The kinds of ops that slide a window: convolutions and pooling, with strides and dilations."""

from __future__ import annotations

from collections.abc import Sequence

from oracle import generator_compute as compute
from oracle import generator_scalars as scalars
from oracle.generator_builder import Builder, Value


def conv_2d_nhwc(b: Builder) -> None:
    image = b.static_tensor(4, 4)
    window = _window(b, image, (1, 2))
    features = int(b.rng.choice((1, 4, 8)))
    kernel = b.factor((*window.kernel, image.dims[3], features), image.element)
    dims = (image.dims[0], *window.spatial, features)
    _emit(b, "linalg.conv_2d_nhwc_hwcf", window, (image, kernel), dims)


def conv_2d_nchw(b: Builder) -> None:
    image = b.static_tensor(4, 4)
    window = _window(b, image, (2, 3))
    features = int(b.rng.choice((1, 4, 8)))
    kernel = b.factor((features, image.dims[1], *window.kernel), image.element)
    dims = (image.dims[0], features, *window.spatial)
    _emit(b, "linalg.conv_2d_nchw_fchw", window, (image, kernel), dims)


def depthwise_nhwc(b: Builder) -> None:
    image = b.static_tensor(4, 4)
    window = _window(b, image, (1, 2))
    kernel = b.factor((*window.kernel, image.dims[3]), image.element)
    dims = (image.dims[0], *window.spatial, image.dims[3])
    _emit(b, "linalg.depthwise_conv_2d_nhwc_hwc", window, (image, kernel), dims)


def depthwise_nchw(b: Builder) -> None:
    image = b.static_tensor(4, 4)
    window = _window(b, image, (2, 3))
    kernel = b.factor((image.dims[1], *window.kernel), image.element)
    dims = (*image.dims[:2], *window.spatial)
    _emit(b, "linalg.depthwise_conv_2d_nchw_chw", window, (image, kernel), dims)


def pooling(b: Builder) -> None:
    image = b.static_tensor(4, 4)
    layout, spatial = b.rng.choice((("nhwc", (1, 2)), ("nchw", (2, 3))))
    window = _window(b, image, spatial)
    dims = list(image.dims)
    dims[spatial[0]], dims[spatial[1]] = window.spatial
    shape = b.empty(window.kernel, image.element)
    into = b.accumulator(dims, image.element)
    head = f"linalg.pooling_{layout}_{b.rng.choice(('sum', 'max'))} {window.attributes}"
    compute.named(b, head, [image, shape], into)


class Window:
    """Kernel, strides and dilations that fit an image; `spatial` is the size of what comes out."""

    def __init__(self, b: Builder, sizes: Sequence[int]) -> None:
        self.dilations = [b.rng.choice((1, 1, 2)) for _ in sizes]
        self.strides = [b.rng.choice((1, 1, 2)) for _ in sizes]
        fitting = [[k for k in (1, 2, 3) if (k - 1) * d < size] for size, d in zip(sizes, self.dilations)]
        self.kernel = [b.rng.choice(kernels) for kernels in fitting]
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilations)]
        self.spatial = [(size - r) // s + 1 for size, r, s in zip(sizes, reach, self.strides)]

    @property
    def attributes(self) -> str:
        dilations, strides = _dense(self.dilations), _dense(self.strides)
        kind = f"tensor<{len(self.kernel)}xi64>"
        return f"{{dilations = {dilations} : {kind}, strides = {strides} : {kind}}}"


def _window(b: Builder, image: Value, spatial: tuple[int, int]) -> Window:
    return Window(b, [int(image.dims[k]) for k in spatial])


def _emit(b: Builder, op: str, window: Window, ins: Sequence[Value], dims: Sequence[int | str]) -> None:
    into = b.accumulator(dims, scalars.wide(ins[0].element))
    compute.named(b, f"{op} {window.attributes}", ins, into)


def _dense(numbers: Sequence[int]) -> str:
    return f"dense<{numbers[0]}>" if len(set(numbers)) == 1 else f"dense<{list(numbers)}>"
