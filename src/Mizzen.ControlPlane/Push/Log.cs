using System.Net;
using Microsoft.Extensions.Logging;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Push;

internal static partial class Log
{
    [LoggerMessage(420, LogLevel.Information, "ADS: {Connection} connected ({Type} at {Address}), {Total} proxies")]
    public static partial void Connected(ILogger logger, string connection, ProxyType type, IPAddress address, int total);

    [LoggerMessage(421, LogLevel.Information, "ADS: {Connection} left after {Duration}")]
    public static partial void Disconnected(ILogger logger, string connection, TimeSpan duration);

    [LoggerMessage(422, LogLevel.Information, "{Type}: PUSH to {Connection}: {Changed} changed, {Removed} removed, mesh {Version}")]
    public static partial void Pushed(ILogger logger, string type, string connection, int changed, int removed, long version);

    [LoggerMessage(423, LogLevel.Warning, "ADS: {Connection} refused {Type}: {Reason}")]
    public static partial void Refused(ILogger logger, string connection, string type, string reason);

    [LoggerMessage(424, LogLevel.Warning, "ADS: {Peer} is turned away: {Reason}")]
    public static partial void NotTrusted(ILogger logger, string peer, string reason);

    [LoggerMessage(426, LogLevel.Information, "certificate for {Identity}, {Hours} hours")]
    public static partial void CertificateIssued(ILogger logger, string identity, double hours);

    [LoggerMessage(425, LogLevel.Debug, "ADS: the stream of {Connection} ended: {Reason}")]
    public static partial void StreamBroke(ILogger logger, string connection, string reason);
}
