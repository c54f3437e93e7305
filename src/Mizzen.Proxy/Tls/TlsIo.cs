using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Tls;

/// <summary>
/// The memory between libssl and the sockets of one loop: a BIO that all its TLS connections share, because only one of them is at work at
/// a time. It reads from whatever bytes have just been received and writes into one buffer that leaves with one send.
/// </summary>
[SuppressMessage("Style", "IDE0060:Remove unused parameter", Justification = "libcrypto decides what its callbacks are told")]
internal sealed unsafe class TlsIo : IDisposable
{
    private const int FirstCapacity = 36 * 1024;

    private static readonly Lazy<nint> Method = new(MakeMethod);

    private readonly nint _bio;
    private State* _state;

    public TlsIo()
    {
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
        _state->Output = (byte*)NativeMemory.Alloc(FirstCapacity);
        _state->OutputCapacity = FirstCapacity;
        _bio = LibCrypto.BioNew(Method.Value);
        LibCrypto.BioSetData(_bio, _state);
        LibCrypto.BioSetInitialized(_bio, 1);
    }

    /// <summary>Records that libssl has written since <see cref="ClearOutput"/>.</summary>
    public ReadOnlySpan<byte> Output => new(_state->Output, _state->OutputLength);

    public void ClearOutput() => _state->OutputLength = 0;

    /// <summary>Makes a connection read and write here. The connection gives its references back when it is freed.</summary>
    public void Attach(nint ssl)
    {
        // SSL_set_bio takes one reference when both are the same.
        _ = LibCrypto.BioAddReference(_bio);
        LibSsl.SetBio(ssl, _bio, _bio);
    }

    /// <summary>What libssl reads until <see cref="EndInput"/>. The memory must not move meanwhile.</summary>
    public void SetInput(byte* data, int length)
    {
        _state->Input = data;
        _state->InputLength = length;
    }

    /// <summary>libssl has read all that there is.</summary>
    public bool IsInputRead => _state->InputLength == 0;

    public void EndInput() => _state->InputLength = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_state is not null)
        {
            _ = LibCrypto.BioFree(_bio);
            NativeMemory.Free(_state->Output);
            NativeMemory.Free(_state);
            _state = null;
        }
    }

    private static nint MakeMethod()
    {
        var method = LibCrypto.BioMethodNew(LibCrypto.BioNewIndex() | LibCrypto.BioTypeSourceSink, "loop memory");
        _ = LibCrypto.BioMethodSetRead(method, &Read);
        _ = LibCrypto.BioMethodSetWrite(method, &Write);
        _ = LibCrypto.BioMethodSetControl(method, &Control);
        return method;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint bio, byte* target, int length)
    {
        var state = (State*)LibCrypto.BioGetData(bio);
        LibCrypto.BioClearFlags(bio, LibCrypto.BioFlagRead | LibCrypto.BioFlagShouldRetry);
        if (state->InputLength == 0)
        {
            LibCrypto.BioSetFlags(bio, LibCrypto.BioFlagRead | LibCrypto.BioFlagShouldRetry);
            return -1;
        }

        var count = Math.Min(length, state->InputLength);
        Buffer.MemoryCopy(state->Input, target, length, count);
        state->Input += count;
        state->InputLength -= count;
        return count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint bio, byte* data, int length)
    {
        var state = (State*)LibCrypto.BioGetData(bio);
        if (length > state->OutputCapacity - state->OutputLength)
        {
            state->OutputCapacity = Math.Max(state->OutputCapacity * 2, state->OutputLength + length);
            state->Output = (byte*)NativeMemory.Realloc(state->Output, (nuint)state->OutputCapacity);
        }

        Buffer.MemoryCopy(data, state->Output + state->OutputLength, state->OutputCapacity - state->OutputLength, length);
        state->OutputLength += length;
        return length;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Control(nint bio, int command, nint number, nint pointer) => command == LibCrypto.BioControlFlush ? 1 : 0;

    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public byte* Input;
        public byte* Output;
        public int InputLength;
        public int OutputLength;
        public int OutputCapacity;
    }
}
