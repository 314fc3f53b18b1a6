// Everything an operator needs goes through one export, shim_call, which boxes its arguments for the
// dispatcher: about 50 ns more than a typed call, and one export instead of a thousand.
#include "torch_shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

namespace {

thread_local std::string last_error;
thread_local std::vector<ShimValue> last_results;

template <typename Body>
bool guarded(Body&& body) noexcept {
    try {
        body();
        return true;
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "libtorch threw something that is not an exception.";
    }
    return false;
}

using TensorPointer = c10::TensorImpl*;

// Borrows the tensor behind a handle: one reference count up, and down again when it goes.
at::Tensor borrow(void* handle) {
    if (handle == nullptr) return {};
    return at::Tensor::wrap_tensor_impl(
        c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(static_cast<TensorPointer>(handle)));
}

// Hands the tensor's own reference to the caller, who gives it back with shim_tensor_release.
void* release(at::Tensor tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

std::vector<at::Tensor> borrow_all(void* const* handles, int64_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int64_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
    return tensors;
}

c10::IValue box(const ShimValue& value) {
    switch (value.kind) {
        case kTensor:
            return borrow(value.p);
        case kInt:
            return value.i;
        case kDouble:
            return value.d;
        case kBool:
            return value.i != 0;
        case kIntList: {
            auto from = static_cast<const int64_t*>(value.p);
            return std::vector<int64_t>(from, from + value.count);
        }
        case kDoubleList: {
            auto from = static_cast<const double*>(value.p);
            return std::vector<double>(from, from + value.count);
        }
        case kTensorList:
            return borrow_all(static_cast<void* const*>(value.p), value.count);
        case kOptionalTensorList: {
            auto from = static_cast<void* const*>(value.p);
            c10::impl::GenericList list(c10::OptionalType::ofTensor());
            list.reserve(value.count);
            for (int32_t i = 0; i < value.count; i++) list.push_back(from[i] ? c10::IValue(borrow(from[i])) : c10::IValue());
            return list;
        }
        case kString:
            return std::string(static_cast<const char*>(value.p), value.count);
        case kDevice:
            return c10::Device(static_cast<c10::DeviceType>(value.i), static_cast<c10::DeviceIndex>(value.count));
        case kGenerator:
            return *static_cast<at::Generator*>(value.p);
        default:
            return {};
    }
}

void unbox(c10::IValue&& value) {
    ShimValue result{};
    if (value.isTensor()) {
        result.kind = kTensor;
        result.p = release(std::move(value).toTensor());
    } else if (value.isTensorList()) {
        for (at::Tensor tensor : value.toTensorVector()) {
            ShimValue element{};
            element.kind = kTensor;
            element.p = release(std::move(tensor));
            last_results.push_back(element);
        }
        return;
    } else if (value.isInt()) {
        result.kind = kInt;
        result.i = value.toInt();
    } else if (value.isDouble()) {
        result.kind = kDouble;
        result.d = value.toDouble();
    } else if (value.isBool()) {
        result.kind = kBool;
        result.i = value.toBool();
    }
    last_results.push_back(result);
}

}  // namespace

const char* shim_error() { return last_error.c_str(); }

SHIM const char* shim_version() { return TORCH_VERSION; }

// Operators

// The handle lives as long as the process: the dispatcher never forgets a registered operator.
SHIM const void* shim_operator(const char* name, const char* overload) {
    const void* found = nullptr;
    bool ok = guarded([&] {
        auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        found = new c10::OperatorHandle(handle);
    });
    return ok ? found : nullptr;
}

// Arguments are positional; those left out get the schema's defaults. results points at memory of the
// calling thread that is good until its next shim_call.
SHIM bool shim_call(const void* op, const ShimValue* arguments, int32_t count, const ShimValue** results, int32_t* result_count) {
    return guarded([&] {
        auto& handle = *static_cast<const c10::OperatorHandle*>(op);
        torch::jit::Stack stack;
        const auto& schema = handle.schema().arguments();
        stack.reserve(schema.size());
        for (int32_t i = 0; i < count; i++) stack.push_back(box(arguments[i]));
        for (size_t i = count; i < schema.size(); i++) {
            const auto& value = schema[i].default_value();
            stack.push_back(value ? *value : c10::IValue());
        }
        handle.callBoxed(stack);
        last_results.clear();
        for (auto& value : stack) unbox(std::move(value));
        *results = last_results.data();
        *result_count = static_cast<int32_t>(last_results.size());
    });
}

// Tensors

SHIM void shim_tensor_release(void* tensor) {
    // reclaim takes over the caller's reference, so that this scope's end gives it back.
    c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(static_cast<TensorPointer>(tensor));
}

SHIM void* shim_tensor_alias(void* tensor) { return release(borrow(tensor)); }
SHIM int64_t shim_tensor_dim(void* tensor) { return static_cast<TensorPointer>(tensor)->dim(); }
SHIM int64_t shim_tensor_numel(void* tensor) { return static_cast<TensorPointer>(tensor)->numel(); }
SHIM int32_t shim_tensor_dtype(void* tensor) {
    return static_cast<int32_t>(c10::typeMetaToScalarType(static_cast<TensorPointer>(tensor)->dtype()));
}
SHIM int64_t shim_tensor_element_size(void* tensor) { return static_cast<TensorPointer>(tensor)->dtype().itemsize(); }
SHIM bool shim_tensor_is_contiguous(void* tensor) { return static_cast<TensorPointer>(tensor)->is_contiguous(); }
SHIM int64_t shim_tensor_storage_offset(void* tensor) { return static_cast<TensorPointer>(tensor)->storage_offset(); }
SHIM int32_t shim_tensor_device(void* tensor, int32_t* index) {
    auto device = static_cast<TensorPointer>(tensor)->device();
    *index = device.index();
    return static_cast<int32_t>(device.type());
}
SHIM void shim_tensor_sizes(void* tensor, int64_t* sizes) {
    auto from = static_cast<TensorPointer>(tensor)->sizes();
    std::copy(from.begin(), from.end(), sizes);
}
SHIM void shim_tensor_strides(void* tensor, int64_t* strides) {
    auto from = static_cast<TensorPointer>(tensor)->strides();
    std::copy(from.begin(), from.end(), strides);
}
SHIM bool shim_tensor_data(void* tensor, void** data) {
    return guarded([&] { *data = borrow(tensor).data_ptr(); });
}

// Autograd

SHIM bool shim_tensor_requires_grad(void* tensor) { return static_cast<TensorPointer>(tensor)->requires_grad(); }
SHIM bool shim_tensor_set_requires_grad(void* tensor, bool requires_grad) {
    return guarded([&] { borrow(tensor).requires_grad_(requires_grad); });
}
SHIM bool shim_tensor_is_leaf(void* tensor) { return borrow(tensor).is_leaf(); }
SHIM bool shim_tensor_retain_grad(void* tensor) {
    return guarded([&] { borrow(tensor).retain_grad(); });
}
SHIM bool shim_tensor_grad(void* tensor, void** grad) {
    return guarded([&] {
        // mutable_grad and not grad: the latter warns about tensors that are no leaves.
        auto self = borrow(tensor);
        *grad = self.is_leaf() || self.retains_grad() ? release(self.mutable_grad()) : nullptr;
    });
}
SHIM bool shim_tensor_set_grad(void* tensor, void* grad) {
    return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad); });
}
SHIM bool shim_grad_enabled() { return c10::GradMode::is_enabled(); }
SHIM void shim_set_grad_enabled(bool enabled) { c10::GradMode::set_enabled(enabled); }

SHIM bool shim_backward(void* const* tensors, int64_t count, void* const* grads, int64_t grad_count,
                        bool retain_graph, bool create_graph, void* const* inputs, int64_t input_count) {
    return guarded([&] {
        torch::autograd::backward(borrow_all(tensors, count), borrow_all(grads, grad_count), retain_graph, create_graph,
                                  borrow_all(inputs, input_count));
    });
}

// results has room for one handle per input.
SHIM bool shim_grad(void* const* outputs, int64_t count, void* const* inputs, int64_t input_count, void* const* grads,
                    int64_t grad_count, bool retain_graph, bool create_graph, bool allow_unused, void** results) {
    return guarded([&] {
        auto found = torch::autograd::grad(borrow_all(outputs, count), borrow_all(inputs, input_count),
                                           borrow_all(grads, grad_count), retain_graph, create_graph, allow_unused);
        for (size_t i = 0; i < found.size(); i++) results[i] = release(std::move(found[i]));
    });
}

// Random numbers

SHIM bool shim_manual_seed(int64_t seed) {
    return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}
SHIM void* shim_generator_new(uint64_t seed, int32_t device_type, int32_t device_index) {
    void* made = nullptr;
    bool ok = guarded([&] {
        if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU) {
            made = new at::Generator(at::detail::createCPUGenerator(seed));
        } else {
            c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
            auto generator = at::globalContext().defaultGenerator(device).clone();
            generator.set_current_seed(seed);
            made = new at::Generator(generator);
        }
    });
    return ok ? made : nullptr;
}
SHIM void* shim_generator_default() { return new at::Generator(at::detail::getDefaultCPUGenerator()); }
SHIM void shim_generator_release(void* generator) { delete static_cast<at::Generator*>(generator); }
SHIM void shim_generator_seed(void* generator, uint64_t seed) {
    auto& self = *static_cast<at::Generator*>(generator);
    std::lock_guard<std::mutex> lock(self.mutex());
    self.set_current_seed(seed);
}
SHIM uint64_t shim_generator_initial_seed(void* generator) { return static_cast<at::Generator*>(generator)->current_seed(); }
SHIM bool shim_generator_state(void* generator, void** state) {
    return guarded([&] { *state = release(static_cast<at::Generator*>(generator)->get_state()); });
}
SHIM bool shim_generator_set_state(void* generator, void* state) {
    return guarded([&] { static_cast<at::Generator*>(generator)->set_state(borrow(state)); });
}

// The machine

SHIM int32_t shim_num_threads() { return at::get_num_threads(); }
SHIM bool shim_set_num_threads(int32_t count) {
    return guarded([&] { at::set_num_threads(count); });
}
SHIM int32_t shim_num_interop_threads() { return at::get_num_interop_threads(); }
SHIM bool shim_set_num_interop_threads(int32_t count) {
    return guarded([&] { at::set_num_interop_threads(count); });
}
SHIM int32_t shim_cuda_device_count() {
    int32_t count = 0;
    guarded([&] {
        if (c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA))
            count = c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount();
    });
    return count;
}
SHIM bool shim_cuda_synchronize(int32_t device) {
    return guarded([&] {
        c10::impl::VirtualGuardImpl guard(c10::DeviceType::CUDA);
        auto index = device < 0 ? guard.getDevice().index() : static_cast<c10::DeviceIndex>(device);
        auto stream = guard.getStream(c10::Device(c10::DeviceType::CUDA, index));
        stream.synchronize();
    });
}
