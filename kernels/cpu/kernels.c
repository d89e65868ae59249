/* One instance of the kernels. The build gives KERNEL (3 or 5), MAX_POOL (1 or 0), TABLE (the
 * symbol to define) and the flags of the instruction set. */
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/pool.h"
#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-forward.h"
#include "kernels/cpu/conv2-weight-gradient.h"
#include "kernels/cpu/conv2-data-gradient.h"
#include "kernels/cpu/linear.h"
#include "kernels/cpu/adam.h"

extern const InkKernels TABLE;

const InkKernels TABLE = {
    .prepared_size = PREPARED_SIZE,
    .prepare = prepare,
    .load_image = load_image,
    .conv1_forward = conv1_forward,
    .conv2_forward = conv2_forward,
    .conv2_blank = conv2_blank,
    .linear_forward = linear_forward,
    .linear_backward = linear_backward,
    .conv2_weight_gradient = conv2_weight_gradient,
    .conv2_data_gradient = conv2_data_gradient,
    .conv1_weight_gradient = conv1_weight_gradient,
    .conv1_blank_gradient = conv1_blank_gradient,
    .adam = adam,
};
