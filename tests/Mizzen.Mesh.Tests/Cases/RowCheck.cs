using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Mizzen.Mesh.Tests.Running;
using Mizzen.Proxy.Tests.Serving;
using Mizzen.Testing;

namespace Mizzen.Mesh.Tests.Cases;

/// <summary>Sends the requests of a row and says what is not as it must be.</summary>
internal sealed class RowCheck(RunningCase running, Row row, int number)
{
    // Chance strays further than this once in sixteen thousand times.
    private const double Deviations = 4;

    private readonly List<string> _problems = [];

    /// <summary>What is wrong; nothing when all is well.</summary>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        if (row.IsDatagram)
        {
            await SendDatagramsAsync();
            return [.. _problems.Distinct()];
        }

        var answers = new List<RawResponse>();
        for (var i = 0; i < row.Times && !row.Refused; i++)
        {
            answers.Add(await SendAsync($"{number}.{i}"));
        }

        if (row.Refused)
        {
            await ExpectRefusalAsync();
        }

        CheckBackends(answers);
        return [.. _problems.Distinct()];
    }

    private async Task<RawResponse> SendAsync(string id)
    {
        var clock = TimeProvider.System;
        var begun = clock.GetTimestamp();
        using var client = await running.ConnectAsync(row);
        var answer = await AskAsync(client, id);
        Expect("status", row.Status.ToString(CultureInfo.InvariantCulture), answer.Status.ToString(CultureInfo.InvariantCulture));
        if (row.AtLeast is { } least && clock.GetElapsedTime(begun).TotalMilliseconds < least)
        {
            _problems.Add($"answered in less than {least} ms");
        }

        await CheckAsync(answer, id);
        return answer;
    }

    private async Task<RawResponse> AskAsync(RawClient client, string id)
    {
        if (row.Url.Scheme == "https")
        {
            var shown = await client.EncryptAsync(row.ServerName ?? row.Url.DnsSafeHost, row.Shows is { } name ? Certificates.Of(name) : null);
            if (row.Shown is { } expected)
            {
                Expect("certificate", $"CN={expected}", shown.Subject);
            }
        }

        await client.SendAsync(Head(id) + row.Body);
        return await client.ReadResponseAsync(toHead: row.Method == "HEAD");
    }

    private async Task SendDatagramsAsync()
    {
        for (var i = 0; i < row.Times; i++)
        {
            using var client = running.DatagramClient(row);
            await client.SendAsync(Encoding.ASCII.GetBytes(row.Body), TestContext.Current.CancellationToken);
            var answer = Encoding.ASCII.GetString((await client.ReceiveAsync(TestContext.Current.CancellationToken)).Buffer).Split(':', 2);
            Expect("backend", row.Backend ?? answer[0], answer[0]);
            Expect("body", row.Body, answer[1]);
        }
    }

    private async Task ExpectRefusalAsync()
    {
        using var client = await running.ConnectAsync(row);
        try
        {
            var answer = await AskAsync(client, $"{number}.0");
            _problems.Add(string.Create(CultureInfo.InvariantCulture, $"answered {answer.Status} instead of being refused"));
        }
        catch (Exception error) when (error is IOException or SocketException or AuthenticationException)
        {
            // As it should be.
        }
    }

    private string Head(string id)
    {
        var head = new StringBuilder($"{row.Method} {row.Path} HTTP/1.1\r\n");
        if (!row.With.Keys.Contains("host", StringComparer.OrdinalIgnoreCase))
        {
            head.Append(CultureInfo.InvariantCulture, $"host: {row.Url.Authority}\r\n");
        }

        foreach (var (name, value) in row.With)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        if (row.Body.Length > 0)
        {
            head.Append(CultureInfo.InvariantCulture, $"content-length: {row.Body.Length}\r\n");
        }

        return head.Append(CultureInfo.InvariantCulture, $"{Received.RowField}: {id}\r\n\r\n").ToString();
    }

    private async Task CheckAsync(RawResponse answer, string id)
    {
        if (row.Backend is { } backend)
        {
            Expect("backend", backend, answer["x-backend"]);
        }

        if (row.Answer is { } body)
        {
            Expect("body", body, answer.Body);
        }

        foreach (var (name, value) in row.Headers)
        {
            Expect($"header {name}", value, answer[name]);
        }

        foreach (var copy in row.Copies)
        {
            await Eventually.HoldsAsync(() => running.Backends.Of(id).Any(request => request.Backend == copy), $"{row}: a copy for {copy}", TestContext.Current.CancellationToken);
        }

        foreach (var (name, value) in row.CopyOf)
        {
            Expect($"the copy's {name}", value, running.Backends.Of(id).First(request => request.Backend == row.Copies[0])[name]);
        }

        if (row.Seen.Count > 0)
        {
            var seen = running.Backends.Of(id).LastOrDefault(request => row.Copies.Count == 0 || request.Backend == answer["x-backend"]);
            foreach (var (name, value) in row.Seen)
            {
                Expect($"the backend's {name}", value, seen?[name]);
            }
        }

        if (row.Requests is { } count)
        {
            Expect("requests", count.ToString(CultureInfo.InvariantCulture), running.Backends.Of(id).Count().ToString(CultureInfo.InvariantCulture));
        }

        await CheckFlagsAsync();
    }

    private async Task CheckFlagsAsync()
    {
        if (row.Flags is not { } flags)
        {
            return;
        }

        Outcome? outcome = null;
        var observer = running.Proxy(row.From).Observer;
        await Eventually.HoldsAsync(() => (outcome = observer.Exchanges.LastOrDefault()) is not null, "an exchange ends", TestContext.Current.CancellationToken);
        Expect("flags", flags, outcome!.Flags.ToString());
    }

    private void CheckBackends(List<RawResponse> answers)
    {
        if (row.SameBackend && answers.Select(answer => answer["x-backend"]).Distinct().Count() != 1)
        {
            _problems.Add($"several backends answered: {string.Join(", ", answers.Select(answer => answer["x-backend"]).Distinct())}");
        }

        foreach (var (backend, share) in row.Shares ?? new Dictionary<string, int>())
        {
            var got = answers.Count(answer => answer["x-backend"] == backend) * 100.0 / answers.Count;
            if (share is 0 or 100 ? got != share : Math.Abs(got - share) > 1 + (Deviations * Math.Sqrt(share * (100.0 - share) / answers.Count)))
            {
                _problems.Add($"{backend} gave {got:0.#} % of the answers instead of {share} %");
            }
        }
    }

    private void Expect(string what, string? expected, string? actual)
    {
        if (expected == "*" ? actual is null : expected != actual)
        {
            _problems.Add($"{what}: '{actual ?? "none"}' instead of '{expected ?? "none"}'");
        }
    }
}
