/* One instance of the kernels. The build gives KERNEL (3 or 5), MAX_POOL (1 or 0), TABLE (the
 * symbol to define) and the flags of the instruction set. */
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/pool.h"
#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-forward.h"
#include "kernels/cpu/conv2-flow.h"
#include "kernels/cpu/conv2-weight-gradient.h"
#include "kernels/cpu/conv2-data-gradient.h"
#include "kernels/cpu/linear.h"
#include "kernels/cpu/adam.h"

static void blank(InkWorkspace *work, const InkTensors *parameters) {
  conv1_blank(work, parameters);
  conv2_blank(work, parameters);
}

static void prepare(const InkTensors *parameters, int first, float *prepared) {
  prepare_winograd(parameters, first, prepared);
  prepare_slides(parameters, first, prepared + WINOGRAD_SIZE);
}

extern const InkKernels TABLE;

const InkKernels TABLE = {
    .prepared_size = WINOGRAD_SIZE + TAPS * 512,
    .prepare = prepare,
    .load_image = load_image,
    .conv1_forward = conv1_forward,
    .conv2_forward = conv2_forward,
    .conv1_evaluate = conv1_evaluate,
    .conv2_evaluate = conv2_evaluate,
    .blank = blank,
    .linear_forward = linear_forward,
    .linear_backward = linear_backward,
    .conv2_weight_gradient = conv2_weight_gradient,
    .conv2_data_gradient = conv2_data_gradient,
    .conv1_weight_gradient = conv1_weight_gradient,
    .blank_gradients = blank_gradients,
    .add = add,
    .adam = adam,
};
