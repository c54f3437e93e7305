using System.Globalization;
using System.Text;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation;

namespace Mizzen.Proxy.Admin;

/// <summary>Port 15000: Envoy's administration paths, as far as they mean something here.</summary>
internal sealed class AdminHandler : IAdminHandler
{
    private readonly ProxyState _state;
    private readonly SortedDictionary<string, Page> _pages;

    public AdminHandler(ProxyState state)
    {
        _state = state;
        _pages = new SortedDictionary<string, Page>(StringComparer.Ordinal)
        {
            ["/help"] = new Page("this list", _ => Help()),
            ["/ready"] = new Page("200 LIVE when the proxy serves, else 503", _ => Ready()),
            ["/stats"] = new Page("counters as text; ?format=prometheus, ?filter=TEXT", Stats),
            ["/stats/prometheus"] = new Page("metrics in the Prometheus text format", _ => MetricsHandler.Answer(state)),
            ["/config_dump"] = new Page("the accepted configuration as JSON; ?include_eds adds endpoints", Dump),
            ["/certs"] = new Page("certificates and authorities as JSON", _ => AdminText.Json(CertificatesText.Write(state.Messages, TimeProvider.System))),
            ["/clusters"] = new Page("clusters and their endpoints; ?format=json", Clusters),
            ["/listeners"] = new Page("listeners and their addresses", _ => AdminText.Plain(200, InventoryText.Listeners(state.Snapshot, state.AddressOf))),
            ["/server_info"] = new Page("version, state, command line", _ => AdminText.Json(ServerInfo())),
            ["/memory"] = new Page("memory in use", _ => AdminText.Json(Memory())),
            ["/logging"] = new Page("POST ?level=debug|info|warning|error|off sets the log level", Logging, "POST"),
            ["/reopen_logs"] = new Page("POST opens the files of access logs anew, as SIGUSR1 does", _ => ReopenLogs(), "POST"),
            ["/quitquitquit"] = new Page("POST ends the program after draining", _ => Quit(), "POST"),
            ["/healthcheck/fail"] = new Page("POST makes the proxy not ready", _ => MarkUnhealthy(true), "POST"),
            ["/healthcheck/ok"] = new Page("POST undoes /healthcheck/fail", _ => MarkUnhealthy(false), "POST"),
        };
    }

    public AdminResponse Answer(string method, string target)
    {
        var path = target.Split('?')[0];
        if (path is "/" or "")
        {
            return Help();
        }

        if (!_pages.TryGetValue(path, out var page))
        {
            return AdminText.NotFound(path, string.Join(", ", _pages.Keys));
        }

        return page.Method == "POST" && method != "POST"
            ? AdminText.WrongMethod(method, target, "POST")
            : page.Answer(AdminQuery.Parse(target));
    }

    private AdminResponse Help()
    {
        var text = new StringBuilder("admin commands are:\n");
        foreach (var (path, page) in _pages)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {path}: {page.Text}\n");
        }

        return AdminText.Plain(200, text.ToString());
    }

    private AdminResponse Ready() => _state.NotReadyBecause() switch
    {
        null => AdminText.Plain(200, "LIVE\n"),
        _ when _state.IsDraining => AdminText.Plain(503, "DRAINING\n"),
        _ => AdminText.Plain(503, "PRE_INITIALIZING\n"),
    };

    private AdminResponse Dump(AdminQuery query) =>
        AdminText.Json(ConfigDump.Write(_state.Bootstrap, _state.Messages, withEndpoints: query["include_eds"] is not null));

    private AdminResponse Clusters(AdminQuery query) => query["format"] == "json"
        ? AdminText.Json(InventoryJson.Clusters(_state.Snapshot, _state.VerdictOf))
        : AdminText.Plain(200, InventoryText.Clusters(_state.Snapshot, _state.VerdictOf));

    private AdminResponse ReopenLogs()
    {
        _state.ReopenLogs();
        return AdminText.Plain(200, "OK\n");
    }

    private AdminResponse Stats(AdminQuery query)
    {
        if (query["format"] == "prometheus")
        {
            return MetricsHandler.Answer(_state);
        }

        var text = new TextBuffer(16 * 1024);
        _state.Metrics.WriteStats(text);
        text.Append($"cluster_manager.active_clusters: {_state.Snapshot.Clusters.Count}\n");
        text.Append($"listener_manager.total_listeners_active: {_state.Snapshot.Listeners.Count}\n");
        text.Append($"server.uptime: {(long)_state.Uptime.TotalSeconds}\n");
        text.Append($"server.live: {(_state.NotReadyBecause() is null ? 1 : 0)}\n");
        var all = Encoding.UTF8.GetString(text.Written);
        return AdminText.Plain(200, query["filter"] is { Length: > 0 } filter ? Filtered(all, filter) : all);
    }

    private static string Filtered(string lines, string filter) => string.Concat(
        lines.Split('\n').Where(line => line.Contains(filter, StringComparison.Ordinal)).Select(line => line + "\n"));

    private AdminResponse Logging(AdminQuery query)
    {
        LogLevel? level = (query["level"] ?? "") switch
        {
            "trace" or "debug" => LogLevel.Debug,
            "info" => LogLevel.Info,
            "warning" or "warn" => LogLevel.Warn,
            "error" or "critical" => LogLevel.Error,
            "off" => LogLevel.None,
            _ => null,
        };
        if (level is null)
        {
            return AdminText.Plain(400, $"'{query["level"]}' is not a level: say /logging?level= with debug, info, warning, error or off\n");
        }

        _state.SetLogLevel(level.Value);
        return AdminText.Plain(200, $"the log level is {query["level"]}\n");
    }

    private AdminResponse Quit()
    {
        _state.Quit();
        return AdminText.Plain(200, "OK\n");
    }

    private AdminResponse MarkUnhealthy(bool isUnhealthy)
    {
        _state.IsMarkedUnhealthy = isUnhealthy;
        return AdminText.Plain(200, "OK\n");
    }

    private string ServerInfo()
    {
        var life = _state.NotReadyBecause() is null ? "LIVE" : _state.IsDraining ? "DRAINING" : "INITIALIZING";
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {
             "version": {{JsonText.Quote("mizzen-proxy/" + _state.Version)}},
             "state": "{{life}}",
             "uptime_current_epoch": "{{(long)_state.Uptime.TotalSeconds}}s",
             "node": {"id": {{JsonText.Quote(_state.NodeId)}}},
             "command_line": {{JsonText.Quote(_state.Command)}},
             "configuration": {"generation": {{_state.Snapshot.Generation}}, "refusals": {{_state.Refusals}}, "last_refusal": {{JsonText.Quote(_state.LastRefusal)}}}
            }

            """);
    }

    private static string Memory()
    {
        var heap = GC.GetGCMemoryInfo();
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {
             "allocated": "{{GC.GetTotalMemory(forceFullCollection: false)}}",
             "heap_size": "{{heap.TotalCommittedBytes}}",
             "resident": "{{Environment.WorkingSet}}",
             "collections": "{{GC.CollectionCount(0)}}"
            }

            """);
    }

    private sealed record Page(string Text, Func<AdminQuery, AdminResponse> Answer, string Method = "GET");
}
