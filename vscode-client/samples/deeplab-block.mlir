// -----// IR Dump After FormDispatchRegionsPass (iree-dispatch-creation-form-dispatch-regions) //----- //
// One block of DeepLabV3: transpose, depthwise convolution, relu6, and a quantization behind two reshapes.
util.func public @deeplab_block(%input: tensor<259x259x1x32xf32>, %filter: tensor<32x3x3xf32>) -> tensor<1x257x257x32xf32> {
  %zero = arith.constant 0.000000e+00 : f32
  %six = arith.constant 6.000000e+00 : f32
  %scale = arith.constant 2.500000e-01 : f32
  %high = arith.constant 1.270000e+02 : f32
  %low = arith.constant -1.280000e+02 : f32
  %0 = tensor.empty() : tensor<1x32x259x259xf32>
  %1 = flow.dispatch.region -> (tensor<1x32x259x259xf32>) {
    %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d2, d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%input : tensor<259x259x1x32xf32>) outs(%0 : tensor<1x32x259x259xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x32x259x259xf32>
    flow.return %10 : tensor<1x32x259x259xf32>
  }
  %2 = tensor.empty() : tensor<1x32x257x257xf32>
  %3 = linalg.fill ins(%zero : f32) outs(%2 : tensor<1x32x257x257xf32>) -> tensor<1x32x257x257xf32>
  %4 = flow.dispatch.region -> (tensor<1x32x257x257xf32>) {
    %10 = linalg.depthwise_conv_2d_nchw_chw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>} ins(%1, %filter : tensor<1x32x259x259xf32>, tensor<32x3x3xf32>) outs(%3 : tensor<1x32x257x257xf32>) -> tensor<1x32x257x257xf32>
    flow.return %10 : tensor<1x32x257x257xf32>
  }
  %5 = tensor.empty() : tensor<257x257x1x32xf32>
  %6 = flow.dispatch.region -> (tensor<257x257x1x32xf32>) {
    %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d0, d1)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%4 : tensor<1x32x257x257xf32>) outs(%5 : tensor<257x257x1x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %11 = arith.cmpf ult, %in, %zero : f32
      %12 = arith.select %11, %zero, %in : f32
      %13 = arith.cmpf ugt, %12, %six : f32
      %14 = arith.select %13, %six, %12 : f32
      linalg.yield %14 : f32
    } -> tensor<257x257x1x32xf32>
    flow.return %10 : tensor<257x257x1x32xf32>
  }
  %collapsed = tensor.collapse_shape %6 [[0], [1], [2, 3]] : tensor<257x257x1x32xf32> into tensor<257x257x32xf32>
  %expanded = tensor.expand_shape %collapsed [[0, 1], [2], [3]] output_shape [1, 257, 257, 32] : tensor<257x257x32xf32> into tensor<1x257x257x32xf32>
  %7 = tensor.empty() : tensor<1x257x257x32xf32>
  %8 = flow.dispatch.region -> (tensor<1x257x257x32xf32>) {
    %10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%expanded : tensor<1x257x257x32xf32>) outs(%7 : tensor<1x257x257x32xf32>) {
    ^bb0(%in: f32, %out: f32):
      %11 = arith.divf %in, %scale : f32
      %12 = math.round %11 : f32
      %13 = arith.cmpf ult, %12, %low : f32
      %14 = arith.cmpf ugt, %12, %high : f32
      %15 = arith.select %13, %low, %12 : f32
      %16 = arith.select %14, %high, %15 : f32
      %17 = arith.mulf %16, %scale : f32
      linalg.yield %17 : f32
    } -> tensor<1x257x257x32xf32>
    flow.return %10 : tensor<1x257x257x32xf32>
  }
  util.return %8 : tensor<1x257x257x32xf32>
}
