using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>Receiving and sending on a non-blocking socket, interruptions aside.</summary>
internal static unsafe class SocketIo
{
    /// <summary>Reads into the buffer from <paramref name="start"/> on: the count, 0 at the end of the stream, or the negative error number.</summary>
    public static nint Receive(int descriptor, byte[] buffer, int start)
    {
        fixed (byte* pointer = buffer)
        {
            nint count;
            do
            {
                count = Syscalls.Receive(descriptor, pointer + start, (nuint)(buffer.Length - start), 0);
            }
            while (count < 0 && Syscalls.Errno == Linux.Interrupted);
            return count < 0 ? -Syscalls.Errno : count;
        }
    }

    /// <summary>Sends what the peer takes now: the count, 0 when it takes nothing, -1 when the connection is broken.</summary>
    public static nint Send(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* pointer = data)
        {
            nint sent;
            do
            {
                sent = Syscalls.Send(descriptor, pointer, (nuint)data.Length, Linux.NoSignal);
            }
            while (sent < 0 && Syscalls.Errno == Linux.Interrupted);
            return sent >= 0 ? sent : Syscalls.Errno == Linux.Again ? 0 : -1;
        }
    }

    /// <summary>The same for two spans with one system call.</summary>
    public static nint Send(int descriptor, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        fixed (byte* one = first, two = second)
        {
            var vectors = stackalloc Syscalls.IoVector[2];
            vectors[0] = new Syscalls.IoVector { Base = one, Length = (nuint)first.Length };
            vectors[1] = new Syscalls.IoVector { Base = two, Length = (nuint)second.Length };
            var message = new Syscalls.MessageHeader { Vectors = vectors, VectorCount = 2 };
            nint sent;
            do
            {
                sent = Syscalls.SendMessage(descriptor, &message, Linux.NoSignal);
            }
            while (sent < 0 && Syscalls.Errno == Linux.Interrupted);
            return sent >= 0 ? sent : Syscalls.Errno == Linux.Again ? 0 : -1;
        }
    }
}
