namespace Mizzen.Proxy.Configuration;

/// <summary>Where the configuration comes from.</summary>
/// <param name="Address">Host and port of the control plane, for example <c>istiod.istio-system.svc:15012</c>.</param>
/// <param name="RootCertificateFile">PEM of the authorities that the control plane's certificate must come from; null speaks in plain.</param>
/// <param name="TokenFile">The token that says who we are; read again for each connection. Null sends none.</param>
internal sealed record AdsOptions(string Address, string? RootCertificateFile, string? TokenFile);
