using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Loop;

/// <summary>The system calls of the engine, as thin as they come: results and error numbers, no exceptions, no marshalling.</summary>
/// <remarks>
/// Calls that never block carry <see cref="SuppressGCTransitionAttribute"/>: a transition costs as much as the call itself.
/// Those that may block or run long (waiting, splicing) must not, because a suppressed call holds up every collection of the process.
/// The error number is read through the thread's own pointer right after the call.
/// </remarks>
internal static unsafe partial class Syscalls
{
    // Numbers of the kernel's call table (syscalls(2)): x86-64 has its own, every newer architecture the generic ones.
    private static readonly nint SendToNumber = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 44 : 206;
    private static readonly nint ReceiveFromNumber = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 45 : 207;

    [ThreadStatic]
    private static int* _errno;

    /// <summary>Error number of the calling thread's last failed call.</summary>
    public static int Errno
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var pointer = _errno;
            return pointer != null ? *pointer : ReadErrnoFirst();
        }
    }

    /// <summary>Finds the calling thread's error number once, before the first call whose failure matters.</summary>
    public static void PrepareThread() => _errno = ErrnoLocation();

    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl")]
    [SuppressGCTransition]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    public static partial int EpollWait(int epoll, byte* events, int capacity, int timeoutMilliseconds);

    /// <summary>The same call for a timeout of zero, which cannot block.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    [SuppressGCTransition]
    public static partial int EpollPoll(int epoll, byte* events, int capacity, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd")]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    [SuppressGCTransition]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write")]
    [SuppressGCTransition]
    public static partial nint Write(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    [SuppressGCTransition]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "socket")]
    [SuppressGCTransition]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind")]
    [SuppressGCTransition]
    public static partial int Bind(int descriptor, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "listen")]
    [SuppressGCTransition]
    public static partial int Listen(int descriptor, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4")]
    [SuppressGCTransition]
    public static partial int Accept(int descriptor, byte* address, int* length, int flags);

    [LibraryImport("libc", EntryPoint = "connect")]
    [SuppressGCTransition]
    public static partial int Connect(int descriptor, byte* address, int length);

    /// <summary>recv(2), see <see cref="SystemCall"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Receive(int descriptor, byte* buffer, nuint count, int flags) =>
        SystemCall(ReceiveFromNumber, descriptor, buffer, count, flags, null, null);

    /// <summary>send(2), see <see cref="SystemCall"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Send(int descriptor, byte* buffer, nuint count, int flags) =>
        SystemCall(SendToNumber, descriptor, buffer, count, flags, null, null);

    [LibraryImport("libc", EntryPoint = "sendmsg")]
    [SuppressGCTransition]
    public static partial nint SendMessage(int descriptor, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg")]
    public static partial nint ReceiveMessage(int descriptor, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "dup")]
    [SuppressGCTransition]
    public static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    [SuppressGCTransition]
    public static partial int Shutdown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    [SuppressGCTransition]
    public static partial int SetSocketOption(int descriptor, int level, int option, void* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    [SuppressGCTransition]
    public static partial int GetSocketOption(int descriptor, int level, int option, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    [SuppressGCTransition]
    public static partial int GetSocketName(int descriptor, byte* address, int* length);

    [LibraryImport("libc", EntryPoint = "getpeername")]
    [SuppressGCTransition]
    public static partial int GetPeerName(int descriptor, byte* address, int* length);

    [LibraryImport("libc", EntryPoint = "pipe2")]
    public static partial int Pipe(int* descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "splice")]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nuint count, uint flags);

    /// <summary>
    /// A system call without the wrapper of the C library, whose wrappers of calls that may block prepare for the cancellation of the
    /// thread, before and after: for the two calls that every request makes twice.
    /// </summary>
    [LibraryImport("libc", EntryPoint = "syscall")]
    [SuppressGCTransition]
    private static partial nint SystemCall(nint number, nint descriptor, byte* buffer, nuint count, nint flags, void* address, void* length);

    [LibraryImport("libc", EntryPoint = "__errno_location")]
    [SuppressGCTransition]
    private static partial int* ErrnoLocation();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadErrnoFirst()
    {
        PrepareThread();
        return *_errno;
    }

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary><c>struct msghdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
