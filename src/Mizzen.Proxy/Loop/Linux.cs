namespace Mizzen.Proxy.Loop;

/// <summary>Numbers of the Linux ABI that the engine uses (equal on x86-64 and arm64).</summary>
internal static class Linux
{
    public const int Interrupted = 4;
    public const int Again = 11;
    public const int NotPermitted = 1;
    public const int ProcessFiles = 24;
    public const int SystemFiles = 23;
    public const int BrokenPipe = 32;
    public const int AddressInUse = 98;
    public const int NoBuffers = 105;
    public const int NoMemory = 12;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int InProgress = 115;

    public const int FamilyInet = 2;
    public const int FamilyInet6 = 10;
    public const int SocketStream = 1;
    public const int SocketDatagram = 2;
    public const int SocketNonBlocking = 0x800;
    public const int SocketCloseOnExec = 0x80000;

    public const int LevelSocket = 1;
    public const int ReuseAddress = 2;
    public const int SocketError = 4;
    public const int KeepAlive = 9;
    public const int Linger = 13;
    public const int ReusePort = 15;
    public const int Mark = 36;

    public const int LevelIp = 0;
    public const int PacketInfo = 8;
    public const int OriginalDestination = 80;
    public const int LevelTcp = 6;
    public const int KeepaliveIdle = 4;
    public const int KeepaliveInterval = 5;
    public const int KeepaliveCount = 6;
    public const int NoDelay = 1;
    public const int LevelIpv6 = 41;
    public const int Ipv6Only = 26;
    public const int Ipv6ReceivePacketInfo = 49;
    public const int Ipv6PacketInfo = 50;

    public const int NoSignal = 0x4000;
    public const int DoNotWait = 0x40;
    public const int Truncated = 0x20;
    public const int More = 0x8000;
    public const int ShutdownWrite = 1;

    public const int SpliceMove = 1;
    public const int SpliceNonBlocking = 2;

    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const uint EpollIn = 0x001;
    public const uint EpollOut = 0x004;
    public const uint EpollError = 0x008;
    public const uint EpollHangUp = 0x010;
    public const uint EpollReadHangUp = 0x2000;
    public const uint EpollExclusive = 1u << 28;
    public const uint EpollEdgeTriggered = 1u << 31;
}
