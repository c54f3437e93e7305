using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Admission;

namespace Mizzen.Cluster.ApiServer.Admission;

/// <summary>Calls webhooks over TLS; they are trusted by their caBundle alone, where there is one.</summary>
internal sealed class WebhookCaller(WebhookDialer? dialer, TimeProvider clock) : IDisposable
{
    private const int DefaultSeconds = 10;

    private readonly ConcurrentDictionary<string, HttpClient> _clients = new();

    /// <summary>Asks a webhook.</summary>
    /// <exception cref="WebhookFailure">There is no usable answer; the message says why.</exception>
    public async Task<AdmissionResponse> CallAsync(ConfiguredWebhook webhook, JsonObject review, string uid, CancellationToken cancellationToken)
    {
        var seconds = webhook.Webhook.TimeoutSeconds ?? DefaultSeconds;
        var url = UrlOf(webhook.Webhook.ClientConfig, seconds);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var answer = await PostAsync(webhook, url, review, either.Token);
            return answer.Response is { } response && response.Uid == uid ? response : throw new WebhookFailure($"Post \"{url}\": the answer is not for this request");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new WebhookFailure($"Post \"{url}\": context deadline exceeded (timeoutSeconds is {seconds})");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or System.Net.Sockets.SocketException or CryptographicException or FormatException)
        {
            throw new WebhookFailure($"Post \"{url}\": {Innermost(e)}");
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private async Task<AdmissionReview> PostAsync(ConfiguredWebhook webhook, Uri url, JsonObject review, CancellationToken cancellationToken)
    {
        var config = webhook.Webhook.ClientConfig!;
        var client = _clients.GetOrAdd($"{url.Authority} {config.CaBundle}", _ => NewClient(config));
        using var body = new ByteArrayContent(JsonBytes.Of(review)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await client.PostAsync(url, body, cancellationToken);
        var text = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? ResourceJson.Deserialize<AdmissionReview>(text)
            : throw new WebhookFailure($"Post \"{url}\": the server answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(text).Trim()}");
    }

    private HttpClient NewClient(WebhookClientConfig config)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            AllowAutoRedirect = false,
        };
        if (config.CaBundle is { Length: > 0 } bundle)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(bundle)));
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (config.Service is { } service)
        {
            handler.ConnectCallback = (context, cancellationToken) =>
                dialer?.Invoke(service.Namespace ?? "default", service.Name, context.DnsEndPoint.Port, cancellationToken)
                ?? throw new WebhookFailure("no way to reach services of the cluster is configured; use clientConfig.url");
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static Uri UrlOf(WebhookClientConfig? config, int seconds)
    {
        if (config?.Service is { } service)
        {
            var path = service.Path is { Length: > 0 } given ? (given.StartsWith('/') ? given : "/" + given) : "/";
            return new Uri($"https://{service.Name}.{service.Namespace ?? "default"}.svc:{service.Port ?? 443}{path}?timeout={seconds}s");
        }

        return Uri.TryCreate(config?.Url, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
            ? new Uri($"{url.GetLeftPart(UriPartial.Path)}?timeout={seconds}s")
            : throw new WebhookFailure($"clientConfig.url \"{config?.Url}\" is not an https URL");
    }

    private static string Innermost(Exception e) => e.InnerException is { } inner ? $"{e.Message}: {Innermost(inner)}" : e.Message;
}

/// <summary>A webhook could not be asked.</summary>
internal sealed class WebhookFailure(string message) : Exception(message);
