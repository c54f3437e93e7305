using System.Runtime.InteropServices;
using System.Text;

namespace Mizzen.Proxy.Tls;

/// <summary>The machine's OpenSSL: whether it is there, and what it says when something fails.</summary>
internal static class OpenSsl
{
    private static readonly Lazy<string?> Absence = new(FindAbsence);

    /// <summary>Why there is no TLS on this machine; null when there is.</summary>
    public static string? Missing => Absence.Value;

    /// <summary>Takes the errors of the calling thread's last failed call: <c>code:SSL routines:reason</c>, oldest first; empty when there are none.</summary>
    public static string TakeErrors()
    {
        var text = new StringBuilder();
        while (LibCrypto.TakeError() is var code and not 0)
        {
            var reason = Marshal.PtrToStringUTF8(LibCrypto.ErrorReason(code)) ?? "unknown";
            text.Append(text.Length > 0 ? "|" : "").Append(code).Append(":SSL routines:").Append(reason);
        }

        return text.ToString();
    }

    /// <summary>The same as words for people, without numbers.</summary>
    public static string TakeReason()
    {
        var reason = "";
        while (LibCrypto.TakeError() is var code and not 0)
        {
            reason = Marshal.PtrToStringUTF8(LibCrypto.ErrorReason(code)) ?? reason;
        }

        return reason.Length > 0 ? reason : "unknown error";
    }

    private static string? FindAbsence()
    {
        foreach (var library in (ReadOnlySpan<string>)[LibCrypto.Library, LibSsl.Library])
        {
            if (!NativeLibrary.TryLoad(library, out _))
            {
                return $"TLS needs OpenSSL 3, and {library} is not on this machine: install the package libssl3 (Debian, Ubuntu), openssl-libs (Fedora) or libssl3 (Alpine)";
            }
        }

        return LibCrypto.VersionMajor() >= 3 ? null : "TLS needs OpenSSL 3; an older one is installed";
    }
}
