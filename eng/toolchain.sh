# Sourced by ./mizzen, ./test and the benchmarks: which .NET there is, and whether programs can be compiled to native code.
# Sets: rid, toolchain (aot or jit), native_missing, native_remedy.

case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) echo "mizzen: $(uname -m) is not supported: x86_64 and aarch64 are" >&2; exit 1 ;;
esac

require_sdk() {
  if ! command -v dotnet >/dev/null; then
    echo "mizzen: the .NET SDK is missing: it builds the program from source." >&2
    echo "  install it:  apt-get install dotnet-sdk-10.0     or see https://dot.net/download" >&2
    exit 1
  fi
  if ! dotnet --list-sdks | grep -q '^1[0-9]\.'; then
    echo "mizzen: .NET SDK 10 is needed, and this machine has only: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ' -)" >&2
    echo "  install it:  apt-get install dotnet-sdk-10.0     or see https://dot.net/download" >&2
    exit 1
  fi
}

choose_toolchain() {
  toolchain=aot native_missing='' native_remedy=''
  if ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then
    native_missing="there is no linker (clang or gcc)"
  elif [ ! -e /usr/include/zlib.h ]; then
    native_missing="the zlib headers are missing"
  fi
  if [ -n "$native_missing" ]; then
    toolchain=jit
    native_remedy="To build it natively:  apt-get install clang zlib1g-dev"
  fi
}

# publish_native PROJECT FOLDER: as native code where the machine can, else for the installed runtime.
publish_native() {
  if [ "$toolchain" = aot ]; then
    local options=()
    command -v clang >/dev/null || options=(-p:CppCompilerAndLinker=gcc)
    # Built where it runs: wider vectors, which almost every server since 2013 has, read headers faster.
    grep -qw avx2 /proc/cpuinfo && grep -qw bmi2 /proc/cpuinfo && options+=(-p:IlcInstructionSet=x86-64-v3)
    dotnet publish "$1" -c Release -r "$rid" -p:DebugType=none -p:StripSymbols=true "${options[@]}" -o "$2" -v quiet -nologo
    rm -f "$2"/*.dbg
  else
    dotnet publish "$1" -c Release -r "$rid" --no-self-contained -p:PublishAot=false -p:PublishReadyToRun=true -o "$2" -v quiet -nologo
  fi
}
