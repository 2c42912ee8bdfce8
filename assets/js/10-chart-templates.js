// The chart templates of components/base/theme.py; written by `python -m components.base.theme`.
window.predictorChartTemplates = {
 "dark": {
  "data": {
   "bar": [
    {
     "error_x": {
      "color": "#e8eaee"
     },
     "error_y": {
      "color": "#e8eaee"
     },
     "marker": {
      "cornerradius": 2,
      "line": {
       "width": 0
      }
     },
     "type": "bar"
    }
   ],
   "heatmap": [
    {
     "textfont": {
      "color": "#e8eaee"
     },
     "type": "heatmap"
    }
   ],
   "pie": [
    {
     "marker": {
      "line": {
       "color": "#17191d",
       "width": 1
      }
     },
     "type": "pie"
    }
   ],
   "scatter": [
    {
     "line": {
      "width": 2
     },
     "marker": {
      "line": {
       "width": 0
      }
     },
     "type": "scatter"
    }
   ]
  },
  "layout": {
   "annotationdefaults": {
    "font": {
     "color": "#a0a7b4",
     "size": 12
    }
   },
   "bargap": 0.2,
   "colorway": [
    "#5661d9",
    "#cda205",
    "#1aa472",
    "#af5ba2",
    "#24aff7",
    "#b63104",
    "#908901",
    "#7937a4",
    "#9aa7b3",
    "#90355f"
   ],
   "dragmode": false,
   "font": {
    "color": "#e8eaee",
    "family": "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "size": 12
   },
   "hoverlabel": {
    "align": "left",
    "bgcolor": "#23262c",
    "bordercolor": "#3a3f49",
    "font": {
     "color": "#e8eaee",
     "family": "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
     "size": 12
    }
   },
   "hovermode": "closest",
   "legend": {
    "bgcolor": "rgba(0,0,0,0)",
    "font": {
     "color": "#a0a7b4",
     "size": 12
    },
    "orientation": "h",
    "x": 0,
    "y": 1.02,
    "yanchor": "bottom"
   },
   "margin": {
    "b": 8,
    "l": 8,
    "r": 12,
    "t": 8
   },
   "modebar": {
    "activecolor": "#e8eaee",
    "bgcolor": "rgba(0,0,0,0)",
    "color": "#a0a7b4"
   },
   "paper_bgcolor": "rgba(0,0,0,0)",
   "plot_bgcolor": "rgba(0,0,0,0)",
   "separators": ".,",
   "xaxis": {
    "automargin": true,
    "gridcolor": "#262a31",
    "linecolor": "#3a3f49",
    "showgrid": false,
    "tickcolor": "#3a3f49",
    "tickfont": {
     "color": "#a0a7b4",
     "size": 12
    },
    "ticklabelstandoff": 4,
    "ticks": "",
    "title": {
     "font": {
      "color": "#a0a7b4",
      "size": 12
     },
     "standoff": 8
    },
    "zerolinecolor": "#3a3f49",
    "zerolinewidth": 1
   },
   "yaxis": {
    "automargin": true,
    "gridcolor": "#262a31",
    "linecolor": "#3a3f49",
    "tickcolor": "#3a3f49",
    "tickfont": {
     "color": "#a0a7b4",
     "size": 12
    },
    "ticklabelstandoff": 4,
    "ticks": "",
    "title": {
     "font": {
      "color": "#a0a7b4",
      "size": 12
     },
     "standoff": 8
    },
    "zerolinecolor": "#3a3f49",
    "zerolinewidth": 1
   }
  }
 },
 "light": {
  "data": {
   "bar": [
    {
     "error_x": {
      "color": "#1b1d23"
     },
     "error_y": {
      "color": "#1b1d23"
     },
     "marker": {
      "cornerradius": 2,
      "line": {
       "width": 0
      }
     },
     "type": "bar"
    }
   ],
   "heatmap": [
    {
     "textfont": {
      "color": "#1b1d23"
     },
     "type": "heatmap"
    }
   ],
   "pie": [
    {
     "marker": {
      "line": {
       "color": "#ffffff",
       "width": 1
      }
     },
     "type": "pie"
    }
   ],
   "scatter": [
    {
     "line": {
      "width": 2
     },
     "marker": {
      "line": {
       "width": 0
      }
     },
     "type": "scatter"
    }
   ]
  },
  "layout": {
   "annotationdefaults": {
    "font": {
     "color": "#5f6672",
     "size": 12
    }
   },
   "bargap": 0.2,
   "colorway": [
    "#5661d9",
    "#cda205",
    "#1aa472",
    "#af5ba2",
    "#24aff7",
    "#b63104",
    "#908901",
    "#7937a4",
    "#9aa7b3",
    "#90355f"
   ],
   "dragmode": false,
   "font": {
    "color": "#1b1d23",
    "family": "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "size": 12
   },
   "hoverlabel": {
    "align": "left",
    "bgcolor": "#ffffff",
    "bordercolor": "#d5d9df",
    "font": {
     "color": "#1b1d23",
     "family": "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
     "size": 12
    }
   },
   "hovermode": "closest",
   "legend": {
    "bgcolor": "rgba(0,0,0,0)",
    "font": {
     "color": "#5f6672",
     "size": 12
    },
    "orientation": "h",
    "x": 0,
    "y": 1.02,
    "yanchor": "bottom"
   },
   "margin": {
    "b": 8,
    "l": 8,
    "r": 12,
    "t": 8
   },
   "modebar": {
    "activecolor": "#1b1d23",
    "bgcolor": "rgba(0,0,0,0)",
    "color": "#5f6672"
   },
   "paper_bgcolor": "rgba(0,0,0,0)",
   "plot_bgcolor": "rgba(0,0,0,0)",
   "separators": ".,",
   "xaxis": {
    "automargin": true,
    "gridcolor": "#eceef1",
    "linecolor": "#d5d9df",
    "showgrid": false,
    "tickcolor": "#d5d9df",
    "tickfont": {
     "color": "#5f6672",
     "size": 12
    },
    "ticklabelstandoff": 4,
    "ticks": "",
    "title": {
     "font": {
      "color": "#5f6672",
      "size": 12
     },
     "standoff": 8
    },
    "zerolinecolor": "#d5d9df",
    "zerolinewidth": 1
   },
   "yaxis": {
    "automargin": true,
    "gridcolor": "#eceef1",
    "linecolor": "#d5d9df",
    "tickcolor": "#d5d9df",
    "tickfont": {
     "color": "#5f6672",
     "size": 12
    },
    "ticklabelstandoff": 4,
    "ticks": "",
    "title": {
     "font": {
      "color": "#5f6672",
      "size": 12
     },
     "standoff": 8
    },
    "zerolinecolor": "#d5d9df",
    "zerolinewidth": 1
   }
  }
 }
};
