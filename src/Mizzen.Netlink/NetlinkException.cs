namespace Mizzen.Netlink;

/// <summary>The kernel refused a netlink request.</summary>
public sealed class NetlinkException(string request, int errno, string? detail)
    : Exception($"{request}: {(detail is null ? "" : detail + ": ")}{System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
{
    /// <summary>The error number (errno.h).</summary>
    public int Errno { get; } = errno;
}
