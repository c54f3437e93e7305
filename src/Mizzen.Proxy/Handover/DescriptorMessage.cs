using System.Runtime.InteropServices;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Handover;

/// <summary>Messages with open descriptors between processes (<c>SCM_RIGHTS</c>, unix(7)).</summary>
internal static unsafe class DescriptorMessage
{
    /// <summary>Most descriptors of one message.</summary>
    public const int MostDescriptors = 128;

    private const int LevelSocket = 1;
    private const int Rights = 1;
    private const int CloseOnExec = 0x40000000;

    // struct cmsghdr on 64 bits: length, level, type.
    private const int Header = 16;

    /// <summary>Sends a message; the receiver gets copies of the descriptors.</summary>
    /// <exception cref="IOException">The peer is gone.</exception>
    public static void Send(int socket, ReadOnlySpan<byte> text, ReadOnlySpan<int> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MostDescriptors);
        var control = stackalloc byte[Header + (MostDescriptors * sizeof(int))];
        var bytes = descriptors.Length * sizeof(int);
        *(nuint*)control = (nuint)(Header + bytes);
        *(int*)(control + 8) = LevelSocket;
        *(int*)(control + 12) = Rights;
        MemoryMarshal.AsBytes(descriptors).CopyTo(new Span<byte>(control + Header, bytes));
        fixed (byte* pointer = text)
        {
            var vector = new Syscalls.IoVector { Base = pointer, Length = (nuint)text.Length };
            var message = new Syscalls.MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (bytes > 0)
            {
                message.Control = control;
                message.ControlLength = (nuint)(Header + ((bytes + 7) & ~7));
            }

            if (Syscalls.SendMessage(socket, &message, Linux.NoSignal) < 0)
            {
                throw new IOException($"cannot send: {Marshal.GetPInvokeErrorMessage(Syscalls.Errno)}");
            }
        }
    }

    /// <summary>Waits for a message; returns the length of its text, 0 when the peer has closed.</summary>
    /// <exception cref="IOException">The connection is broken, or nothing came in time.</exception>
    public static int Receive(int socket, Span<byte> text, out int[] descriptors)
    {
        var control = stackalloc byte[Header + (MostDescriptors * sizeof(int))];
        fixed (byte* pointer = text)
        {
            var vector = new Syscalls.IoVector { Base = pointer, Length = (nuint)text.Length };
            var message = new Syscalls.MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = Header + (MostDescriptors * sizeof(int)),
            };
            var length = (int)Syscalls.ReceiveMessage(socket, &message, CloseOnExec);
            if (length < 0)
            {
                throw new IOException($"cannot receive: {Marshal.GetPInvokeErrorMessage(Syscalls.Errno)}");
            }

            var hasRights = message.ControlLength >= Header && *(int*)(control + 8) == LevelSocket && *(int*)(control + 12) == Rights;
            descriptors = hasRights
                ? MemoryMarshal.Cast<byte, int>(new ReadOnlySpan<byte>(control + Header, (int)*(nuint*)control - Header)).ToArray()
                : [];
            return length;
        }
    }
}
