"""Operations that need no definition, since they round nothing.

They move numbers, choose among them, compare them, count in integers or make tensors of given
numbers; whatever kernel does that, the result is the same. Names are those of torch's operations,
without the underscore of those that work in place.
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Views, copies and selections: of any type of numbers.
MOVING = _names(
    """
    alias as_strided as_strided_scatter atleast_1d broadcast_to cat chunk clone concat
    constant_pad_nd contiguous detach diag diag_embed diagonal diagonal_copy dsplit dstack
    embedding expand expand_copy flatten flip fliplr flipud gather hsplit hstack im2col index
    index_copy index_select lift masked_scatter masked_select meshgrid movedim narrow
    narrow_copy permute permute_copy pixel_shuffle pixel_unshuffle channel_shuffle
    reflection_pad1d reflection_pad2d reflection_pad3d repeat repeat_interleave
    replication_pad1d replication_pad2d replication_pad3d reshape resize roll rot90 select
    select_scatter set slice slice_scatter split split_copy split_with_sizes
    split_with_sizes_copy squeeze squeeze_copy stack swapaxes swapdims t t_copy take
    take_along_dim tensor_split tile transpose transpose_copy tril triu unbind unbind_copy
    unflatten unfold unfold_copy unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze
    unsqueeze_copy upsample_nearest1d upsample_nearest2d upsample_nearest3d
    _upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d view view_as
    vsplit vstack _reshape_alias _reshape_copy _unsafe_view _unsafe_index _pack_padded_sequence
    """
)

# Choosing, comparing and counting: of float64 and integers.
CHOOSING = _names(
    """
    abs absolute adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d all amax amin
    aminmax any bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
    bitwise_xor bucketize clamp clamp_max clamp_min clip count_nonzero eq equal fill fmax fmin
    full_like ge greater gt hardshrink hardtanh heaviside is_nonzero isfinite isin isinf isnan
    index_fill isneginf isposinf le less logical_and logical_not logical_or logical_xor lt
    masked_fill max max_pool1d max_pool2d max_pool3d max_pool2d_with_indices
    max_pool3d_with_indices maximum min minimum nan_to_num ne new_full nonzero nonzero_static
    not_equal relu relu6 scatter searchsorted sgn sign threshold where zero _local_scalar_dense
    __and__ __or__ __xor__ __lshift__ __rshift__
    """
)

# New tensors of given numbers.
MAKING = _names(
    """
    eye full new_ones new_zeros ones ones_like scalar_tensor tril_indices triu_indices zeros
    zeros_like _efficientzerotensor
    """
)

# New tensors of whatever was in memory, which are zeros here.
EMPTY = _names("empty empty_like empty_permuted empty_strided new_empty new_empty_strided")
