namespace Mizzen.Proxy.Commands;

/// <summary>The command line cannot be followed; the message says why and what to write instead.</summary>
internal sealed class UsageException(string message) : Exception(message);
