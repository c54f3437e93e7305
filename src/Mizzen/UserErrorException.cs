namespace Mizzen;

/// <summary>Something that the user can mend: the message names what is wrong and the way out; no stack trace is shown.</summary>
internal sealed class UserErrorException(string message, Exception? inner = null) : Exception(message, inner);
