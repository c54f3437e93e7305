namespace Mizzen.Identity.Tokens;

/// <summary>A token was refused; the message says why without repeating the token.</summary>
public sealed class InvalidTokenException(string message, Exception? innerException = null) : Exception(message, innerException);
