// The C boundary between the polyfill and libtorch. No exception crosses it: a call that can fail
// returns false, and shim_error() then holds the message of the calling thread.
#pragma once
#include <cstdint>

#define SHIM extern "C" __attribute__((visibility("default")))

// The kinds of a value in an operator call; ValueKind in Interop/Value.cs is its twin.
enum ShimKind : int32_t {
    kNone = 0,
    kTensor = 1,
    kInt = 2,
    kDouble = 3,
    kBool = 4,
    kIntList = 5,
    kTensorList = 6,
    kOptionalTensorList = 7,
    kString = 8,
    kDevice = 9,
    kGenerator = 10,
    kDoubleList = 11,
};

// count is the length of a list, the bytes of a string, or the index of a device.
struct ShimValue {
    int32_t kind;
    int32_t count;
    union {
        int64_t i;
        double d;
        void* p;
    };
};

SHIM const char* shim_error();
