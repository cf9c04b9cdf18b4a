func.func @f(%a: tensor<4xf32>, %s: f32, %z : i32) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %3 = iree_tensor_ext.bitcast %a : tensor<4xf32>  tensor<4xi32>
  return %e : tensor<4xf32>
}
