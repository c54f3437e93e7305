using System.Runtime.InteropServices;
using System.Text;

namespace Mizzen.Netlink;

/// <summary>
/// A netlink socket (netlink(7)). It speaks to the network namespace in which it was made, whichever thread uses it later.
/// Requests are answered one by one; not for use by several threads at once.
/// </summary>
public sealed partial class NetlinkSocket : IDisposable
{
    internal const int Route = 0;
    internal const int Netfilter = 12;

    internal const ushort Request = 1;
    internal const ushort Ack = 4;
    internal const ushort Create = 0x400;
    internal const ushort Exclusive = 0x200;
    internal const ushort Append = 0x800;

    private const int AddressFamilyNetlink = 16;
    private const int SocketRaw = 3;
    private const int CloseOnExec = 0x80000;
    private const int SolNetlink = 270;
    private const int SolSocket = 1;
    private const int SendBuffer = 7;
    private const int SendBufferForce = 32;
    private const int LargestTransaction = 8 * 1024 * 1024;
    private const int MessageTooLong = 90;
    private const int ExtendedAck = 11;
    private const int HeaderLength = 16;
    private const int BufferLength = 32 * 1024;
    private const ushort ErrorType = 2;
    private const ushort CappedFlag = 0x100;
    private const ushort HasAttributesFlag = 0x200;
    private const ushort ErrorMessageAttribute = 1;

    private readonly int _fd;
    private uint _sequence;

    internal NetlinkSocket(int protocol)
    {
        _fd = socket(AddressFamilyNetlink, SocketRaw | CloseOnExec, protocol);
        if (_fd < 0)
        {
            throw new NetlinkException("netlink socket", Marshal.GetLastPInvokeError(), null);
        }

        var on = 1;
        _ = setsockopt(_fd, SolNetlink, ExtendedAck, in on, sizeof(int));
    }

    internal uint NextSequence() => ++_sequence;

    /// <summary>
    /// Makes room for long transactions, which the kernel takes in one piece or not at all. Beyond what net.core.wmem_max allows it
    /// gives only to those who are root outside of every user namespace.
    /// </summary>
    internal void AllowLongMessages()
    {
        var size = LargestTransaction;
        if (setsockopt(_fd, SolSocket, SendBufferForce, in size, sizeof(int)) != 0)
        {
            _ = setsockopt(_fd, SolSocket, SendBuffer, in size, sizeof(int));
        }
    }

    /// <summary>Sends messages of which the last one asks for an answer; throws the first refusal.</summary>
    internal void Exchange(string request, ReadOnlySpan<byte> messages)
    {
        Send(request, messages);
        var buffer = new byte[BufferLength];
        while (true)
        {
            var length = Receive(request, buffer);
            for (var at = 0; at + HeaderLength <= length;)
            {
                var size = (int)MemoryMarshal.Read<uint>(buffer.AsSpan(at));
                if (MemoryMarshal.Read<ushort>(buffer.AsSpan(at + 4)) == ErrorType)
                {
                    if (ReadError(request, buffer.AsSpan(at, size)) is { } refusal)
                    {
                        throw refusal;
                    }

                    return;
                }

                at += (size + 3) & ~3;
            }
        }
    }

    /// <summary>Sends one request whose answer is a message of its own, and returns that message's body.</summary>
    internal byte[] Ask(string request, ReadOnlySpan<byte> message)
    {
        Send(request, message);
        var buffer = new byte[BufferLength];
        var length = Receive(request, buffer);
        var size = (int)MemoryMarshal.Read<uint>(buffer);
        if (MemoryMarshal.Read<ushort>(buffer.AsSpan(4)) == ErrorType)
        {
            throw ReadError(request, buffer.AsSpan(0, size)) ?? new NetlinkException(request, 0, "no answer");
        }

        return buffer[HeaderLength..Math.Min(size, length)];
    }

    /// <inheritdoc/>
    public void Dispose() => _ = close(_fd);

    private unsafe void Send(string request, ReadOnlySpan<byte> messages)
    {
        fixed (byte* bytes = messages)
        {
            if (send(_fd, bytes, messages.Length, 0) != messages.Length)
            {
                var errno = Marshal.GetLastPInvokeError();
                throw new NetlinkException(request, errno, errno == MessageTooLong ? $"{messages.Length} bytes at once are more than net.core.wmem_max allows" : null);
            }
        }
    }

    private unsafe int Receive(string request, byte[] buffer)
    {
        fixed (byte* bytes = buffer)
        {
            var length = (int)recv(_fd, bytes, buffer.Length, 0);
            return length > 0 ? length : throw new NetlinkException(request, Marshal.GetLastPInvokeError(), null);
        }
    }

    private static NetlinkException? ReadError(string request, ReadOnlySpan<byte> message)
    {
        var errno = -MemoryMarshal.Read<int>(message[HeaderLength..]);
        if (errno == 0)
        {
            return null;
        }

        var flags = MemoryMarshal.Read<ushort>(message[6..]);
        return new NetlinkException(request, errno, (flags & HasAttributesFlag) == 0 ? null : ReadText(message, flags));
    }

    // The attributes follow the request's header, and the rest of the request unless the kernel has cut it off.
    private static string? ReadText(ReadOnlySpan<byte> message, ushort flags)
    {
        var echoed = (flags & CappedFlag) != 0 ? HeaderLength : (int)MemoryMarshal.Read<uint>(message[(HeaderLength + 4)..]);
        var at = HeaderLength + 4 + ((echoed + 3) & ~3);
        while (at + 4 <= message.Length)
        {
            var size = MemoryMarshal.Read<ushort>(message[at..]);
            if ((MemoryMarshal.Read<ushort>(message[(at + 2)..]) & 0x3fff) == ErrorMessageAttribute && size > 4)
            {
                return Encoding.UTF8.GetString(message.Slice(at + 4, size - 4)).TrimEnd('\0');
            }

            at += Math.Max((size + 3) & ~3, 4);
        }

        return null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int name, in int value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint recv(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);
}
